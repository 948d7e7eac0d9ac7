/// How much louder or softer a recording should be played, by ReplayGain 2.0.
package struct ReplayGain: Equatable, Sendable {
    /// Decibels.
    package var trackGain: Double?
    /// A number from 0; 1 is full scale.
    package var trackPeak: Double?
    /// Decibels.
    package var albumGain: Double?
    /// A number from 0; 1 is full scale.
    package var albumPeak: Double?

    package init() {}

    init(_ section: Section) throws(Failure) {
        trackGain = try section.number("track_gain_db")
        trackPeak = try section.number("track_peak")
        albumGain = try section.number("album_gain_db")
        albumPeak = try section.number("album_peak")
    }

    var value: JSON {
        var object = JSONObject()
        object.set("track_gain_db", trackGain.map(JSON.number))
        object.set("track_peak", trackPeak.map(JSON.number))
        object.set("album_gain_db", albumGain.map(JSON.number))
        object.set("album_peak", albumPeak.map(JSON.number))
        return object.value
    }
}
