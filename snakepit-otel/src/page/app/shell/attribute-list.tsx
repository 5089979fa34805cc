import type { Attributes } from '../../contract.js';

export function AttributeList({ attributes }: { readonly attributes: Attributes }) {
  const rows = Object.entries(attributes);
  if (rows.length === 0) return null;
  return (
    <dl class="attributes">
      {rows.map(([key, value]) => (
        <div key={key}>
          <dt>{key}</dt>
          <dd>{typeof value === 'object' ? value.join(', ') : String(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
