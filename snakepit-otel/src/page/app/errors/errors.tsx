import { useState } from 'preact/hooks';
import type { ErrorDetail, ErrorHead } from '../../contract.js';
import { formatCount, formatGib, formatTime, shortId } from '../format.js';
import { Age } from '../shell/age.js';
import { AttributeList } from '../shell/attribute-list.js';
import { copyText } from '../shell/copy.js';
import { Icon } from '../shell/icon.js';
import { formatRoute } from '../shell/route.js';
import { RowList } from '../shell/row-list.js';
import { store } from '../state.js';
import { MemoryBar } from './memory-bar.js';
import { errorReport } from './report.js';
import { errorDetails, selectError, selectedError } from './selection.js';
import { errorTitle } from './title.js';

const ROW_HEIGHT = 28;

export function Errors() {
  const errors = store.errors.value;
  const head = selectedError.value;
  const total = errors.reduce((sum, { count }) => sum + count, 0);
  return (
    <section class="card oom" id="errors" aria-labelledby="h-errors">
      <header>
        <h2 id="h-errors">Errors</h2>
        <span class="dim">
          {total === 0
            ? 'none'
            : `${formatCount(total)} in ${errors.length === 1 ? 'one group' : `${errors.length} groups`}`}
        </span>
      </header>
      {head === undefined ? <p class="none dim">No error since the start</p> : <ErrorView head={head} />}
      {errors.length > 1 && (
        <RowList
          id="error-list"
          class="errlist"
          label="Groups of errors"
          rows={errors}
          rowHeight={ROW_HEIGHT}
          selected={head?.id}
          keyOf={(error) => error.id}
          onSelect={selectError}
        >
          {(error) => (
            <>
              <Icon level="bad" />
              <b class="en">{errorTitle(error)}</b>
              <span class="dim em">{error.message}</span>
              {error.count > 1 && <span class="num count">{formatCount(error.count)}×</span>}
              <span class="num dim">
                <Age since={error.ts} />
              </span>
            </>
          )}
        </RowList>
      )}
    </section>
  );
}

function ErrorView({ head }: { readonly head: ErrorHead }) {
  const loaded = errorDetails.current.value;
  const detail: ErrorDetail | undefined =
    loaded?.state === 'ready' && loaded.id === head.id ? loaded.value : undefined;
  const oom = detail?.oom;
  const [shown, setShown] = useState<'traceback' | 'attributes' | undefined>(undefined);
  const toggle = (part: 'traceback' | 'attributes', label: string) => (
    <button
      type="button"
      class="lk"
      aria-expanded={shown === part}
      onClick={() => setShown(shown === part ? undefined : part)}
    >
      {label}
    </button>
  );
  return (
    <div class="errview" id="error-view" tabIndex={-1}>
      <div class="oomh">
        <Icon level="bad" />
        <div class="errtext">
          <b>{errorTitle(head)}</b>{' '}
          <span class="dim">
            {['', head.device, head.place, head.worker, formatTime(head.ts)]
              .filter((part) => part !== undefined)
              .join(' · ')}
          </span>
          {oom?.requested === undefined ? (
            <p class="message">{head.message}</p>
          ) : (
            <p>
              Requested <b>{formatGib(oom.requested)} GiB</b>
              {oom.free !== undefined && (
                <>
                  ; <b>{formatGib(oom.free)} GiB</b>
                  {oom.total !== undefined && ` of ${formatGib(oom.total)}`} was free
                </>
              )}
              .
            </p>
          )}
        </div>
      </div>
      {oom !== undefined && <MemoryBar head={head} oom={oom} />}
      <div class="acts">
        {head.trace !== undefined && (
          <a class="lk" href={formatRoute({ section: 'trace', id: head.trace, span: head.span })}>
            Trace {shortId(head.trace).slice(0, 8)}
          </a>
        )}
        {detail?.traceback !== undefined && toggle('traceback', 'Traceback')}
        {detail !== undefined &&
          Object.keys(detail.attributes).length > 0 &&
          toggle('attributes', 'Attributes')}
        <span class="grow" />
        <button
          type="button"
          class="btn mini"
          disabled={detail === undefined}
          onClick={() => detail && copyReport(detail)}
        >
          Copy report
        </button>
      </div>
      {shown === 'traceback' && (
        <pre class="traceback" tabIndex={0}>
          {detail?.traceback}
        </pre>
      )}
      {shown === 'attributes' && detail !== undefined && <AttributeList attributes={detail.attributes} />}
    </div>
  );
}

export function copyReport(detail: ErrorDetail): void {
  void copyText(errorReport(detail, store.host.peek()), 'Report copied');
}
