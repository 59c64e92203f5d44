// Waiting for events, never for time to pass; a deadline says what did not come.

/** Resolves as `promise` does, or rejects once `seconds` are over. */
export function within(seconds, what, promise) {
  let timer;
  const deadline = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${seconds} s for ${what}`)), seconds * 1000);
  });
  return Promise.race([promise, deadline]).finally(() => clearTimeout(timer));
}

/**
 * Resolves with the first value of a polkadot.js subscription that `wanted` accepts, and unsubscribes.
 * `subscribe` takes a callback and returns a promise of the unsubscribe function, as the API's do.
 */
export function firstOf(seconds, what, subscribe, wanted) {
  let unsubscribe;
  const found = new Promise((resolve, reject) => {
    unsubscribe = subscribe((value) => {
      try {
        if (wanted(value)) resolve(value);
      } catch (error) {
        reject(error);
      }
    });
    unsubscribe.catch(reject);
  });
  return within(seconds, what, found).finally(() => unsubscribe.then((stop) => stop(), () => {}));
}
