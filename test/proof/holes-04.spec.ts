import { proveHoles } from './holes';

proveHoles(4);
