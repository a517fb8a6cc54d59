import { proveAccepts } from './accepts';

proveAccepts(5);
