require('./lib/site').listen(process.env.PORT, () => console.log('listening on', process.env.PORT));
