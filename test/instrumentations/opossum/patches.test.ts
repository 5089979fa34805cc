import { testScenario } from '../breakers/scenario.js';

testScenario('opossum', {
  created: ['own state=0'],
  fired: ['own allowed', 'own success'],
  createdOpen: ['kept state=2', 'kept rejected'],
  // The breakers have left their pools.
  disabled: ['own state=0', 'kept state=0'],
  enabledAgain: ['own allowed', 'own success', 'again state=0', 'again allowed', 'again success'],
  identity: {
    instance: true,
    constructor: true,
    newTarget: true,
    statics: ['CircuitBreaker', 1, 'function', 'function'],
  },
  leftovers: [],
});
