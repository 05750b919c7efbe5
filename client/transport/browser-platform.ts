import { type Platform, webPlatform } from './platform.ts';

export const browserPlatform: Platform = {
  ...webPlatform,
  isOnline: () => navigator.onLine,
  watch(listener) {
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener('online', () => listener('online'), { signal });
    window.addEventListener('offline', () => listener('offline'), { signal });
    const shown = () => {
      if (document.visibilityState === 'visible') listener('foreground');
    };
    document.addEventListener('visibilitychange', shown, { signal });
    return () => stop.abort();
  },
};
