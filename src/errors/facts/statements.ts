import { stripVTControlCharacters } from 'node:util';

/** Descriptions of nodes and types in TensorFlow's and PyTorch's messages, which contain shapes and devices of neighbors. */
const DESCRIPTIONS =
  /\[\[(?:\{\{)?node\b.{0,500}?\]\]|\{\{function_node .{0,300}?\}\}|\{\{node .{0,200}?\}\} = \w{1,60}\[.{0,200}?\]\(.{0,200}?\)|\bFakeTensor\(\.{3},|\barguments received by .{0,2000}|\[rank\d{1,5}\]:|\bline \d{1,9},? col(?:umn)? \d{1,9}|, dtype='\w{1,20}'\)|\btensor[-_ ]parallel|https?:\/\/\S{1,300}|\b(?:tensor|array) with shape=.{1,60}?\bdtype=\S{1,30}|\bthe operation is neither 'array op array'.{0,300}/gi;
/** Text of users that a message quotes: the value of an argument, a prompt, a path. */
const ECHOES =
  /\binput_value=(?:'[^']{0,2000}'|"[^"]{0,2000}"|\S{1,200})|\b(?:prompt|text|string|token|word|query|question|request|sentence|title|label|content|message|literal|to (?:float|int|complex|bool)|user|name|file|command|column|column name|header)s?:? {0,2}(?:'[^']{1,2000}'|"[^"]{1,2000}"|`[^`]{1,2000}`)/gi;
/** A quotation of several words, unless it is that of an error: `Cuda failure 'out of memory'`. */
const QUOTATIONS =
  /(?<!(?:failure|errno|error(?: message)?|exception|status|reason|details?)[\s:(]{0,3}\d{0,4}\W{0,3})(?<=[\s(=])(['"`])(?=[^'"`]{0,200}?[a-z]{2,} [a-z]{2,})[^'"`]{1,2000}?\1(?!\w)/gi;
/** The name of something that is missing or refused. */
const NAMES =
  /(['"`])[^'"`]{1,200}\1(?= (?:(?:was |is )?not (?:found|allowed|registered|supported|a valid)|do(?:es)? not exist|already exists))/gi;
/** An exception that a sentence only mentions: `expected the retry after RuntimeError("CUDA out of memory") to succeed`. */
const MENTIONED_EXCEPTIONS =
  /\b(?:after|upon|following|handling(?: of)?|simulat\w{1,4}|mock\w{0,3}|inject\w{0,3}|raises?|retry(?:ing)? on|instead of) (?:an? |the )?\w{1,60}(?:Error|Exception)\((['"])[^'"]{0,2000}\1\)/g;
/** Sentences that describe what may help or happen, not what happened. */
const HINTS =
  /^(?:\S{0,3} )?(?:if (?:you|reserved|the)|try|tip|hint|consider|please (?:try|reduce|see|check|ensure|consider|set|use|make)|make sure|you (?:may|might|can|should)|this (?:may|might|can|could)|to (?:avoid|prevent|disable|fix|use)|for (?:debugging|more)|possible solutions|see also|perhaps|note that|use |increase|decrease|reduce|set |did you|there may)\b/i;
/** Remarks that turn a statement into a warning or a possibility. */
const DENIALS =
  /\b(?:is|was) not (?:a|an) (?:failure|error|problem)\b|\bnot a fatal error\b|\b(?:no|without(?: an?| any)?|not an?) out[- ]of[- ]memory (?:condition|error|event|situation|exception)|\bexceeds \d{1,3}% of\b|\bwill (?:retry|be retried|fall ?back)\b/i;
/** Introduces a list of guesses. */
const GUESSES = /\b(?:potential|possible|some) (?:root )?(?:causes?|reasons?)\b/i;
/** Advice within a sentence. */
const ADVICE =
  /(?:, (?:you|please|try|consider) (?:should|may|might|can|try|check|make|use|probably)|\b(?:in order )?to (?:avoid|prevent) an? ).*$/i;
/** The arguments of an exception that was made with several: `('Invalid input shape:', (4, 5))`. */
const ARGUMENTS = /^\((['"])([^'"]{1,2000})\1, (.{0,2000})\)$/;
const MAX_STATEMENTS = 200;

/** Returns the message without descriptions, echoed input and escape sequences. */
export const withoutEchoes = (message: string): string =>
  stripVTControlCharacters(message)
    .replace(ARGUMENTS, '$2 $3')
    .replace(DESCRIPTIONS, ' ')
    .replace(ECHOES, ' ')
    .replace(MENTIONED_EXCEPTIONS, ' ')
    .replace(QUOTATIONS, ' ')
    .replace(NAMES, ' ');

/**
 * Returns the sentences of a message that state what happened. A sentence that a warning follows is left out: `ran out of memory. The
 * caller indicates that this is not a failure`.
 */
export function statementsOf(message: string): readonly string[] {
  const sentences = message.split(/(?<=[.!?;])\s+(?=[A-Z`'"])/, MAX_STATEMENTS);
  if (sentences.some((sentence) => DENIALS.test(sentence))) return [];
  const guesses = sentences.findIndex((sentence) => GUESSES.test(sentence));
  return sentences
    .slice(0, guesses === -1 ? MAX_STATEMENTS : guesses)
    .filter((sentence, i) => i === 0 || !HINTS.test(sentence))
    .map((sentence) => sentence.replace(ADVICE, ''));
}

/** Words by which a sentence completes the one before it. */
const CONTINUES =
  /^(?:\S{0,3} )?(?:got|received|found|expected|but|shapes?|target|tensor|sizes?|requested|actual|supplied|given|input|x1|which|that was|contracting|dimension|kernel|instead)\b|^[\w.]{1,20} ?[:=] ?(?:torch\.Size)?[[(]/i;

/** Returns the sentence at `index` with the one that completes it. */
export function completed(statements: readonly string[], index: number): string {
  const next = statements[index + 1];
  const text = statements[index] ?? '';
  return next !== undefined && CONTINUES.test(next) ? `${text} ${next}` : text;
}
