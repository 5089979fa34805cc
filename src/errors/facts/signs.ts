import type { Sign } from './python-error-facts.js';

const NOUN =
  '(?:shapes?|sizes?|dim(?:ension)?s?|lengths?|widths?|heights?|features?|channels?|columns?|rows?|elements?|samples?|axis|axes|numbers?|numel|depth|labels)';
const DTYPES_NOUN = '(?:d?types?|data[- ]?types?|scalar types?|elem(?:ent)? types?|precisions?)';
const DEVICES_NOUN = '(?:devices?|gpus?|backends?)';
const DISAGREE =
  "(?:mis-?match\\w{0,3}|do(?:es)?(?: not|n['o]t| n't) (?:all )?(?:match|agree|equal)|did not match|(?:did|does|do) ?n[o']t match|must equal|disagrees?|do(?:es)? not (?:add|sum) up|(?:(?:is|are|was|were) |(?<=\\b(?:shapes?|sizes?|dim(?:ension)?s?|lengths?) ))(?:incompatible|inconsistent|different|unequal)|not (?:match|equal|agree|compatible|consistent|aligned|the same(?! \\w{1,12} of\\b))|differs?|(?:must|should|to|has to|have to|need to) (?:all )?(?:match|be equal|be the same|agree|be compatible|be consistent|be homogeneous|correspond))";
const SAME =
  '(?:same|identical|uniform|equal|unequal|matching|consistent|different|conflicting|incompatible|inconsistent|unexpected|mismatch\\w{0,4}|wrong|inhomogeneous|share an?)';
const DEVICE = '(?:cuda|gpu|cpu|mps|xpu|hip|npu|hpu|tpu|meta)';
const TENSOR =
  '(?:tensors?|n?d?arrays?|matri(?:x|ces)|vectors?|weights?|operands?|embeddings?|broadcast\\w{0,7}|inputs?|outputs?|logits|batch\\w{0,6}|layers?|parameters?|indices|kernels?|shape_\\w{1,20}|masks?|mat[12]|box(?:es)?|points?|chunks?|query|key|features?|channels?|samples?|images?|series|dataframe|buffers?|feature_\\w{1,9}|labels?|pointers?|targets?|storage|bindings?|elements?|columns?|rows?|sequences?|matmul|gemm|conv\\w{0,6}|concat\\w{0,9}|sum|dot|einsum|reshape|node|axis|dim(?:ension)? \\d)';

/** Patterns of the signs. Every repetition is bounded. */
export const SIGN_PATTERNS: Readonly<Record<Sign, RegExp>> = {
  'memory exhausted':
    /\bout[ _-]?of[ _-]?(?!shared)(?:\w{1,12}[ _-]){0,2}memory\b(?! (?:cards?|slots?|bounds))|\boom(?:[ _-]?kill(?:ed|er)?)?\b|\b(?:insufficient|not? enough|no (?:more |free )?available|lack of|low on|exhausted)(?: (?!shared)\w{1,12}){0,2} (?:memory|vram|hbm)\b|\bno memory is available|\bmemory (?:is |was )?exhausted|\bbad[_ ]?alloc(?:ation)?\b|\bcannot allocate memory(?! in static)|\bpag(?:ing|e) ?file is too small|\b(?:WinError|os error) 1455\b|\bmemory pressure\b|\binsufficient memory\b/i,
  'allocation failed':
    /\b(?:unable|fail(?:ed|s|ure)?|cannot|can ?not|can't|could(?: not|n't)|tried|trying|attempt(?:ed|ing|s)?|error)\b.{0,30}?\b(?:(?:re|c|m)?alloc\w{0,8}|reserve)\b(?!.{0,60}\b(?:pinned|static)\b).{0,60}?(?:\b(?:memory|buffers?|tensors?|kv|cache|pool)\b|\d[\d.,]{0,20} ?(?:bytes?|[kmgtp]i?b?)\b|\bsize \d)|\b(?:\w{0,12}malloc|\w{0,12}alloc)\b.{0,40}\bfail(?:ed|ure)\b|\balloc(?:ation)? fail|\ballocation of \d[\d.,]{0,20} ?\w{0,6} failed|\bmemory\b.{0,40}\bcould not be allocated/i,
  'memory limit':
    /\b(?:larger|greater|more|less|smaller|lower|bigger) than .{0,80}?\b(?:memory|kv cache|buffer size|hbm|vram|requested bytes)|\b(?:exceed\w{0,3}|exceeding|over) .{0,40}?\b(?:(?:gpu|device|available|free|allowed|total|hbm|system|node) memory|memory \(|hbm|vram|pool size|memory (?:limit|capacity))|\b(?:maximum|max) pool size exceeded|\bexceed\w{0,3} (?:the )?(?:max\w{0,4}|allowed)\b.{0,30}?\balloc|\binvalid buffer size: \d|\b(?:does|do|will)(?: not|n't) fit\b.{0,80}\b(?:memory|kv cache|\d ?[kmgt]i?b)\b|\b(?:need\w{0,3}|require[sd]?)\b.{0,40}?\d ?[kmgt]i?b\b.{0,80}?\b(?:only|but|free|available)\b.{0,40}?\d ?[kmgt]i?b\b/i,
  tensor: new RegExp(`\\b${TENSOR}\\b`, 'i'),
  'same device': new RegExp(
    `\\b(?:same|single|different|conflicting|incompatible|another|wrong|mismatch\\w{0,4}|expected|two|multiple) (?:as (?:the )?)?(?:\\w{1,12} ){0,1}${DEVICES_NOUN}\\b`,
    'i',
  ),
  'different devices': new RegExp(
    `\\b${DEVICES_NOUN} (?:mis-?match\\w{0,2}|do(?:es)? not match|differ|are different)|\\b(?:not|n't) (?:been )?(?:on|allocated on|in|accessed from) (?:the |a )?${DEVICE}\\b|\\b(?:on|from) (?:a |the )?${DEVICE}\\b.{0,60}\\b(?:on|to) (?:a |the )?${DEVICE}\\b|\\bcannot be accessed from\\b|\\bdifferent memory (?:locations|spaces)\\b|\\bunexpected\\b.{0,60}?\\bon (?:the |a )?${DEVICE}(?: device)?\\b`,
    'i',
  ),
  'required device': new RegExp(
    `\\b${TENSOR}\\b.{0,60}?\\b(?:must|should|needs? to|expected to|ha(?:s|ve) to|required to)\\b.{0,20}?\\b(?:be )?(?:on |in |an? )?(?:the )?(?<!\\bfor )${DEVICE}\\b(?! (?:grid|graph|streams?|context|toolkit|cores?)\\b)|\\b(?:expect\\w{0,3}|requires?) (?:an? |the )?${DEVICE} (?:tensor|array|input)|\\bconvert (?:an? )?${DEVICE}\\S{0,4} (?:device type )?tensor to (?:numpy|cpu|an? array)|\\bpassed ${DEVICE} tensor|\\b${DEVICE} tensor\\?|\\b(?:must|should|needs? to|ha(?:s|ve) to) (?:all |both )?be (?:on (?:the )?device ${DEVICE}|${DEVICE} (?:tensors|arrays))\\b|\\b(?:must|should|needs? to|ha(?:s|ve) to) be (?:on |in |an? )(?:the )?(?!cpu)${DEVICE}\\b(?= tensors?\\b| device\\b| memory\\b|[.,;:!]|\\s{0,4}$)|\\btensors? (?:is|are) not on|\\b(?:is|are) not an? (?:${DEVICE}|xla) tensors?\\b|\\b(?:must|should|needs? to|ha(?:s|ve) to) (?:all |both )?be (?:on|in|placed on|moved to) \\S{1,40}?(?:'s |\\.)device\\b|\\b(?:expected|must|check\\w{0,2}|assert\\w{0,4}|should)\\b.{0,60}?\\.is_?(?:cuda|xpu|mps|cpu)\\b|\\.is_?(?:cuda|xpu|mps|cpu)\\b.{0,40}?\\b(?:must|assert|should|failed|expected)\\b`,
    'i',
  ),
  'same dtype': new RegExp(
    `\\b${SAME} (?:\\w{1,12} ){0,2}?${DTYPES_NOUN}\\b(?! of\\b)|\\b(?:multiple|more than one|several) dtypes?\\b|(?:\\b|_)(?:dtype|data_type|scalar_type|elem(?:ent)?_type)(?:\\(\\))? ?[=!]=|\\bto match (?:the )?\\w{0,30}dtype\\b`,
    'i',
  ),
  'different dtypes': new RegExp(
    `(?:\\b|_)(?:dtypes?|data[- ]?types?|scalar types?|precisions?|types?)\\b.{0,80}?\\b${DISAGREE}|\\b(?:promot\\w{1,4}) .{0,60}\\band\\b|\\bno (?:\\w{1,12} ){0,3}promotion\\b|\\bcasting rule|\\baccording to the rule|\\bnot in (?:the )?list of allowed values|\\bbound to different types|\\bcombination of (?:\\w{1,12} )?(?:d|data )types\\b|\\bdesires to be\\b|\\binputs could not be safely coerced|\\bsignature matching types|\\bno loop matching\\b`,
    'i',
  ),
  'required dtype':
    /\b(?:expect\w{0,3}|requires?|(?:must|should) (?:both |all )?(?:be|have|contain)|requested|only (?:supports?|accepts?|takes|works with|handles?)|needs?|desired|do(?:es)? not have)\b/i,
  rank: /\b\d{1,2}-?[dD]\b|\b\d (?:batch|shape|spatial|event|core|array|tensor|plate) dim(?:ension)?s?\b|\b\d{1,2}[- ]?dim(?:s|ensions?|ensional(?:ity)?|ension\(s\))?\b|\bdimension\(s\)|\branks? ?(?:[=:-]? ?\d|must|should|needs|has to|to be|is|of)|\.dim\(\)|\bndims?\b|\b(?:with |of )dim(?:ension)?:? (?:<=? ?)?\d|\bdim(?:ension)? <= ?\d|\b(?:one|two|three|four|zero|at least)[- ](?:or \w{3,5}[- ])?dimension(?! (?:spans|of|in|is|has)\b)|\b(?:a|be) (?:vector|matrix)\b(?! (?:of )?(?:size|length))|\bndims?\b|\bbe scalar\b|\b\d[- ]or \d-[dD]|\b(?:one|two|three|four)[- ]dimensional\b|\b(?:have|has|with) (?:an? )?dimension(?:ality)? of \d\b(?![.\d])|\bdimensionality:? \d\b(?![.\d])|\bdim(?:ension)? of .{1,30} (?:should|must) be \d\b(?!\.?\d)/i,
  'rank out of range':
    /\bdimension out of range|(?<!\bof )(?:\b|_)(?:dim(?:ension)?|ax[ie]s)(?: |=)(?:=? ?-?\d{1,2},? )?(?:is |was )?(?:out of (?:bounds|range)|not in (?:the |a )?(?:valid )?range)\b|\b(?:dims?|rank|ndims?)\(\) ?[=<>]=|\btoo many indices|\b(?:too (?:many|few)|not enough|insufficient|enough) (?:dimensions|subscripts)|\bax[ie]s .{0,20}?\bout of (?:bounds|range) for .{0,20}?(?:dimension|rank|ndim)|\binvalid ax[ie]s\b|\baxes don't match|\binvalid rank (?:for|of)\b|\b(?:unsized|0-d|zero-dimensional) (?:object|array|tensor)|\btoo (?:small depth|deep for)|\bmulti-target not supported|\breduction dimension\b|\b(?:improper|unsupported|wrong|incorrect|invalid|unexpected) number of dimensions|\b\d-?D !=|\bnumber of (?:\w{1,12} )?dim(?:ension)?s is too (?:small|large|few|many)\b|\b(?:dimension(?:ality)?|rank|ndim) \d (?:is )?(?:not supported|unsupported)\b|(?:\b|_)(?:ax[ie]s|dims?)\W{0,2} -?\d{1,2} .{0,10}?\bnot in .{0,20}?\b(?:rank|ndim) \d|\bdims? .{0,30}but input has (?:only )?\d|_dims?\[\d\] not in \[|\bndims? (?:= ?)?\d ?!= ?\d|\bndims? ==/i,
  'same rank': new RegExp(
    `\\b(?:same|different|equal|match\\w{0,3}) (?:number|numbers) of dim(?:ension)?s|\\b(?:same|equal) dimensionality(?!.{0,60}\\d{2})|\\b(?:number|numbers) of dim(?:ension)?s?\\b.{0,90}?\\b(?:${DISAGREE}|not be smaller|or equal|mismatch)|\\bor equal to the number of dim|\\b(?:same|different|equal|unequal) (?:ndims?|ranks?)\\b|\\b(?:ndims?|ranks?) mis-?match|\\b\\d{1,2} (?:axes|indices|dims|(?:index|indexing|slicing|slice) arguments|subscripts|indexers) .{0,20}\\b(?:with|of|has|for) (?:an? )?\\d{1,2}[- ]dimension(?:s|al)?\\b|\\b\\d{1,2} (?:(?:index|indexing|slicing|slice) arguments|subscripts|indexers) for \\d{1,2} dimensions?\\b|\\branks?\\b.{0,40}${DISAGREE}|ndims? ?= ?\\d\\b.{0,60}?ndims? ?= ?\\d|\\bequal rank|\\bat least as many dim(?:ension)?s as\\b|\\bdiffers? in (?:the )?(?:rank|ndim|number of dim)|\\bmis-?match\\w{0,2} .{0,20}?\\bnumber of (?:\\w{1,12} ){1,4}dim(?:ension)?s\\b|\\b\\d{1,2} \\w{2,20}.{0,40}?\\bbut\\b.{0,40}?\\b(?:has|have|with|of) (?:only )?\\d{1,2} dim(?:ension)?s?\\b`,
    'i',
  ),
  'required rank':
    /\b(?:expect\w{0,3}|requires?|required|must|should|only|needs?|at least|at most|enough|instead|supported|invalid|unsupported|got|found|given|allowed|received|(?:more|fewer|less) than|from an? (?:tensor|array)|cannot|is not an?|(?:is|are) not (?=\d-?d\b|(?:one|two|three|four)[- ]dim)|is \d-?d,? but)\b|\bcan'?t\b|\bnot (?:\w{1,10} )?(?:meaningful|implemented|defined)\b|n't (?:\w{1,8} )?support/i,
  shape: new RegExp(`\\b${NOUN}\\b|\\bshape\\w{0,10}\\b|_?(?:size|shape|dims?)\\b`, 'i'),
  disagreement: new RegExp(
    `${DISAGREE}|\\b${SAME}\\b|!=| vs\\.? |\\bnot divisible\\b|\\bbroadcastable\\b|\\bimply\\b|\\bexceed(?!\\w{0,3} (?:the )?(?:limit|max|recommended|supported|allowed|usable))|\\b(?:evenly )?divisible by\\b`,
    'i',
  ),
  requirement:
    /\b(?:expect\w{0,3}|requires?|should (?:be|have|contain|equal)|must (?:be|have)|requested)\b.{0,160}?\b(?:got|found|received|but|given|not|is|are|has|have|instead|actual|supplied|detected)\b|\b(?:got|has|found|received|have|saw|encountered|given)\b.{0,120}?\b(?:expect\w{0,3}|required?)\b|\b(?:is|are|was|has|had) .{0,100}?(?:\bbut (?:should|must|need(?:s|ed))|(?:\bbut|[;,]) ?expected)\b|\b(?:add|sums?)(?: up)? to \d.{0,60}?\bbut\b/i,
  'different shapes': new RegExp(
    `(?:\\b|_)(?:shapes?|dim(?:ension)?s?|sizes?|lengths?|heights?|widths?)\\b(?!=(?:["']|\\w{1,12}:)).{0,80}?\\b${DISAGREE}|\\b${SAME} (?:\\w{1,12} ){0,2}?(?:shapes?|sizes?|dim(?:ension)?s?|lengths?|number of \\w{1,12}|reduction dim|first dimension)\\b|\\b(?:shape|size|dimension|length)[- ]?mis-?match|-incompatible\\b|\\bmust (?:match|equal) .{0,40}?\\.(?:shape|size)\\b|\\b(?:size|length|width|height|dimension)s?\\b.{0,30}?\\bmust be (?:at (?:least|most)|(?:less|greater|larger|smaller|no \\w{4,7}) than)\\b.{0,40}?\\b(?:size|length|width|height|dimension)s?\\b`,
    'i',
  ),
  'different counts': new RegExp(
    `\\b${NOUN}\\b.{0,140}?(?:${DISAGREE}|but got|but received|not the same|expecting)|\\b(?:same|equal|inconsistent) (?:\\w{1,12} ){0,2}(?:number|numbers|sizes?|lengths?)\\b`,
    'i',
  ),
  'shape operation failed':
    /\b(?:cannot|can't|can not|could not|unable to|failed to)\b.{0,40}?\b(?:broadcast\w{0,6}|be multiplied|be concatenated|be reshaped|reshape\w{0,2}|concatenate|multiply\b.{0,60}\b(?:shapes?|sizes?|lengths?)|be aligned|be stacked|append|be divided)\b|\bnot broadcast(?:able)?\b|\bnot aligned\b|\binhomogeneous shape|\bis invalid for input (?:of|with)\b|\binvalid (?:\w{1,12} )?(?:shapes?|dimensions)\b|\b(?:squeeze|stack|expand)\b.{0,40}\bsize not equal|\b(?:required|(?:must|should|needs? to|has to) be) broadcast(?:able)?\b|\bnon-broadcastable|\bequal division|\binvalid dimensions\b|\b(?:unexpected|incorrect|wrong|illegal|improper|unsupported) (?:\w{1,16} ){0,2}shapes?\b(?=\W|$)(?! (?:type|spec))|\bshape of passed values\b|\btotal size (?:of new array )?must be unchanged|\b(?:be|not) (?:a )?square\b|\bexpect\w{0,3} (?:an? )?square\b|\bsquare \w{1,20}(?: \w{1,20})? (?:is |was |should be )?(?:expected|required|provided)\b|\binvalid \S{1,30}\.shape\b|\bkernel size can't|(?:size|shape|dims?|cols|rows|width|height|axis|len)\w{0,10}[\w[\]().>-]{0,30} == \w|\b(?:load|assign|copy)\w{0,3} (?:a )?(?:weight|param|tensor|value)\w{0,8} .{0,20}[([]\d.{0,60}(?:into|to) /i,
};
