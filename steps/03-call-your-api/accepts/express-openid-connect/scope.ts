export const scope = 'openid profile email read:appointments create:appointments delete:appointments';
