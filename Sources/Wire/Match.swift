/// How the row of a list that has no link was matched to a track.
package struct Match: Equatable, Sendable {
    /// What the match rests on.
    package enum Evidence: String, Sendable {
        /// MusicBrainz' id of the recording.
        case recordingID = "recording_id"
        case isrc
        /// Title, edition and artists.
        case names
        /// Names that agree only nearly, and the length.
        case length
    }

    package let by: Evidence
    /// What the row said, for people.
    package let row: String

    package init(by: Evidence, row: String) { (self.by, self.row) = (by, row) }

    package var value: JSON {
        var object = JSONObject()
        object["by"] = .string(by.rawValue)
        object["row"] = .string(row)
        return object.value
    }
}
