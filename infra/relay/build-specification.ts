/** Tells the wait condition how the build went. */
const SIGNAL = [
  'curl --silent --show-error --fail --retry 5 --request PUT --header "Content-Type:"',
  `--data-binary "{\\"Status\\":\\"$STATUS\\",\\"Reason\\":\\"CodeBuild $CODEBUILD_BUILD_ID\\",\\"UniqueId\\":\\"image\\",\\"Data\\":\\"\\"}"`,
  '"$SIGNAL"',
].join(' ');

/** Up to the first that fails, in a shell of its own: ended early it ends no more than itself. Not by `set -e`, which the shell around it can make void. */
function subshell(...commands: readonly string[]): string {
  return `( ${commands.join(' &&\n')} )`;
}

/**
 * The commands of CodeBuild, in its form of YAML (of which JSON is one). An image that is there already is not built again: tags cannot
 * be moved, and the same tag means the same parts.
 */
export const BUILD_SPECIFICATION = JSON.stringify({
  version: '0.2',
  phases: {
    build: {
      commands: [
        subshell(
          'if aws ecr describe-images --repository-name "$REPOSITORY_NAME" --image-ids "imageTag=$IMAGE_TAG" >/dev/null 2>&1; then exit 0; fi',
          'aws s3 cp --no-progress "$SOURCE" source.zip',
          'unzip -q source.zip -d source',
          'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
          // Unquoted: several arguments, none with a space (settings.ts).
          'docker build --tag "$REPOSITORY:$IMAGE_TAG" $BUILD_ARGS source',
          'docker push "$REPOSITORY:$IMAGE_TAG"',
        ),
      ],
    },
    // Runs after a failed build as well.
    post_build: {
      commands: [
        subshell('STATUS=FAILURE', 'if [ "$CODEBUILD_BUILD_SUCCEEDING" = 1 ]; then STATUS=SUCCESS; fi', SIGNAL),
      ],
    },
  },
});
