/**
 * Takes the place of `@aws-sdk/credential-provider-node` in the bundles (an alias of the bundler): Lambda gives a function its role in
 * environment variables and nowhere else. The provider that the SDK would search the machine with, for profiles, single sign-on and
 * instance metadata, is a quarter of a bundle and is loaded at every cold start.
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
