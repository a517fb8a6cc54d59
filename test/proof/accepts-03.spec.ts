import { proveAccepts } from './accepts';

proveAccepts(3);
