import { devicesIn } from '../facts/values.js';
import { isAcceleratorUnavailable } from './categories.js';
import { type Rule, statementRule } from './rule.js';

const DEVICE = 'snakepit.error.device';
/** Words that set two values against each other. */
const CONTRAST =
  /\b(?:but|expect\w{0,3}|found|saw|got|received|whereas|while|different|differ\w{0,3}|cannot|can't|same|mismatch\w{0,3}|actually|instead|vs|not equal|match(?:es)?|agree|disagrees?|located|placed|resid(?:es?|ing))\b/i;
/** Demands something of what the sentence is about. */
const DEMANDS = /\b(?:must|should|ha(?:s|ve) to|needs? to|expected to)\b/i;
const ARGUMENTS = /\b(?:arguments?|computation|platform|models?|modules?)\b/i;
/** More devices than this are a list of the known ones. */
const MAX_DEVICES = 3;

const rules: readonly Rule[] = [
  statementRule(
    'devices-differ',
    DEVICE,
    ['same device'],
    ({ text, signs }) =>
      signs.includes('tensor') || devicesIn(text).length > 1 || ARGUMENTS.test(text) || DEMANDS.test(text),
  ),
  statementRule('device-disagrees', DEVICE, ['different devices', 'tensor']),
  statementRule('device-required', DEVICE, ['required device']),
  statementRule('two-devices-in-contrast', DEVICE, [], ({ text }) => {
    const count = devicesIn(text).length;
    return count > 1 && count <= MAX_DEVICES && CONTRAST.test(text);
  }),
];

/** Rules of tensors and arguments on the wrong device. An accelerator that cannot be used is none. */
export const deviceRules: readonly Rule[] = rules.map((rule) => ({
  ...rule,
  evidence: (facts) => (isAcceleratorUnavailable(facts) ? undefined : rule.evidence(facts)),
}));
