import { proveAccepts } from './accepts';

proveAccepts(1);
