// Patterns of what resembles the shape of a tensor and is none.

/** Messages about the values, not the size of a tensor. */
export const VALUES =
  /\bmore than\b|\bconstraint\b|\bmust be in [[(]|\binvalid values?\b|\bax[ie]s\W{0,2} (?:must|should) be (?:either |one of |in )?\d|\b(?:must|should) be (?:[<>]|positive\b|non-?negative\b|negative\b|greater than zero\b)/i;
/** Values that differ from those of a reference. */
export const DIFFERENT_VALUES =
  /\b(?:element|value|output|result|label|prediction|id)s? (?:mis-?match|differ)|\bmismatched elements?\b|\bnot (?:close|almost equal)\b/i;
export const SIZE_NAMED = /\b(?:shapes?|sizes?|dim(?:ension)?s?|lengths?|torch\.Size)\b/i;
/** What is counted, but is no size of a tensor. */
export const NO_SIZE = /\b(?:rates?|frequenc(?:y|ies)|versions?|checksums?|hash(?:es)?)\b/i;
export const NO_ARRAY =
  /\b(?:strings?|passwords?|keys?|names?|files?|ports?|words?|tokens? lists?|truncation|padding)\b/i;
/** Tables of files, whose columns are no dimensions. */
export const TABULAR = /\b(?:sheets?|csv|tsv|excel|header|fields?)\b/i;
/** How work is divided among processes and devices: an option, not a tensor. */
export const DIVISION_OF_WORK =
  /\bdivisible by\b.{0,60}\b(?:gpus?|devices|ranks|processes|workers|nodes|replicas|world[_ ]size)\b/i;
/** A number of processes: of a group, of a pool. */
export const NUMBER_OF_PROCESSES =
  /\b(?:world|cluster|team|pool)[_ ]size\b(?!.{0,40}\btensor)|\bnumber of (?:devices|gpus|processes|workers|ranks|nodes|replicas|slots)\b/i;
/** A limit, which is no counterpart. */
export const BOUND = /\bexpected at (?:least|most)\b/i;
