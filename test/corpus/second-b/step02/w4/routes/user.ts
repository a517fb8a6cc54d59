import { Router } from 'express';
import { members } from '../lib/members';
import { vault } from '../lib/vault';

const router = Router();

router.get('/profile', members, (req, res) => {
  const granted = vault.get(req.user?.ticket ?? '')?.scope ?? '';
  res.render('profile', { title: 'Your profile', granted: granted.split(' ').filter((one) => one !== '') });
});

export default router;
