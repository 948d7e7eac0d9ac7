import FoundationEssentials
import Limiter
import Wire

/// Hands over a shared folder that is not there yet, and removes it in the end.
func inFolder(_ body: (String) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "segue-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try body(folder)
}

/// Waits no time at all, and remembers for how long it should have; gives up at the third wait.
final class Clock {
    var waits: [Double] = []
    /// What happens in the world while someone waits.
    var meanwhile: () throws(Failure) -> Void = { () throws(Failure) in }

    func wait(_ seconds: Double) throws(Failure) {
        waits.append(seconds)
        try meanwhile()
        if waits.count > 2 { throw .transient("stopped", "enough") }
    }
}

/// One process that shares the folder.
func hosts(_ folder: String?, rate: Double? = nil, clock: Clock = Clock()) -> Hosts {
    Hosts(folder: folder, defaultRate: rate, wait: { seconds throws(Failure) in try clock.wait(seconds) })
}
