import { proveHoles } from './holes';

proveHoles(2);
