import { proveAccepts } from './accepts';

proveAccepts(2);
