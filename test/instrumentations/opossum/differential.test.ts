import { testDifferences } from '../breakers/differential.js';
import { opossumProgram } from './random-program.js';

testDifferences(opossumProgram);
