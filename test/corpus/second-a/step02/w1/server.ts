import app from './app';

const port = Number(process.env.PORT);
app.listen(port, () => {
  console.log('express is up on ' + port);
});
