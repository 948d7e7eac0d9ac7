/// What somebody other than its artists did for a recording.
package enum Contribution: String, CaseIterable, Sendable {
    case composer, lyricist, conductor, remixer, producer, engineer, mixer, djmixer
}
