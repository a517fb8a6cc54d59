// The entry; everything else is plain JavaScript.
const { build } = require('./lib/site.js');

const port = process.env.PORT;
build(process.env).listen(port, () => console.log('http://localhost:' + port));
