export const scope =
  'offline_access openid profile email read:appointments create:appointments delete:appointments';
