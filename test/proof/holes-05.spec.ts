import { proveHoles } from './holes';

proveHoles(5);
