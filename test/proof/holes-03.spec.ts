import { proveHoles } from './holes';

proveHoles(3);
