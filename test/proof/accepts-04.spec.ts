import { proveAccepts } from './accepts';

proveAccepts(4);
