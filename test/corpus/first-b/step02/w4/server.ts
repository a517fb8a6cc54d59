import './lib/app.js';
