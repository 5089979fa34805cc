import { FAILED, SUCCEEDED } from './command.js';
import { diagnosisLines } from './diagnosis-lines.js';
import { diagnose } from './gpu-diagnosis.js';

/** Prints what {@link diagnose} finds. */
export async function runDoctor({ json }: { readonly json?: true | undefined }): Promise<number> {
  const diagnosis = await diagnose();
  if (json) console.log(JSON.stringify(diagnosis, undefined, 2));
  else for (const line of diagnosisLines(diagnosis)) console.log(line);
  return diagnosis.healthy ? SUCCEEDED : FAILED;
}
