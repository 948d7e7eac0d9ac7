import Foundation
import Testing

/// Walks of random moves, each held against the model in `Model`.
///
/// `SEGUE_WALKS` says how many, `SEGUE_FROM` with which seed to begin, and `SEGUE_SEED` repeats a single one.
@Suite struct ModelTests {
    private static let settings = ProcessInfo.processInfo.environment
    private static let seed = number("SEGUE_SEED")
    private static let walks = number("SEGUE_WALKS") ?? 60
    private static let from = number("SEGUE_FROM") ?? 0

    private static func number(_ name: String) -> UInt64? { settings[name].flatMap { UInt64($0) } }

    /// Two halves, for two processors.
    @Test(arguments: [0, 1] as [UInt64])
    func `whatever drivers and users do, and in whatever order, the ledger is as the contract says`(half: UInt64) throws
    {
        let memory = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
        let folder = "\(memory)/segue-model-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var moves = 0
        for seed in Self.seed.map({ [$0] }) ?? Array(stride(from: Self.from + half, to: Self.from + Self.walks, by: 2))
        {
            let trial = LedgerTrial(folder: folder, seed: seed)
            guard let report = try trial.report(counting: &moves) else { continue }
            Issue.record(Comment(rawValue: report))
            return
        }
        if Self.walks > 1000 { FileHandle.standardError.write(Data("model: \(moves) moves\n".utf8)) }
    }
}
