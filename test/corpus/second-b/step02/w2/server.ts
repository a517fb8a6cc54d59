import { Application } from './core/Application';
import { Settings } from './core/Settings';

new Application(Settings.fromEnvironment(process.env)).start();
