import { testDifferences } from '../breakers/differential.js';
import { cockatielProgram } from './random-program.js';

testDifferences(cockatielProgram);
