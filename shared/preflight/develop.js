// Preloaded (node -r) by every command that also needs the packages for development.
require('./act').act({ dev: true });
