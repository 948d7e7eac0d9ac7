import Foundation

@testable import Ledger

/// A walk of some hundred steps from an empty ledger to its end, drawn from a seed, which can be made again without some of
/// its steps.
struct LedgerTrial {
    let folder: String
    let seed: UInt64

    static let steps = 250

    /// Why the walk fails, with the fewest steps that still fail in the same way; nil if it does not.
    ///
    /// Adds to `moves` how many moves were made.
    ///
    /// - Throws: what a ``Ledger`` throws that cannot be opened.
    func report(counting moves: inout Int) throws -> String? {
        guard let failure = try walk([], counting: &moves) else { return nil }
        var omitted: Set<Int> = []
        for step in (0..<Self.steps).reversed() {
            guard let other = try walk(omitted.union([step]), counting: &moves),
                Self.kind(other.what) == Self.kind(failure.what)
            else { continue }
            omitted.insert(step)
        }
        let (what, moves) = try walk(omitted, isTold: true, counting: &moves) ?? failure
        return "seed \(seed): \(failure.what)\nin short: \(what)\n\(moves.joined(separator: "\n"))"
    }

    /// A failure without its numbers.
    private static func kind(_ what: String) -> String { what.filter { !$0.isNumber } }

    private func walk(
        _ omitted: Set<Int>, isTold: Bool = false, counting moves: inout Int
    ) throws -> (what: String, moves: [String])? {
        let routes = LedgerWorld.routes
        let walk = try LedgerWalk(folder: folder, route: routes[Int(seed) % routes.count], isTold: isTold)
        defer { moves += walk.count }
        do {
            for step in 0..<Self.steps where !omitted.contains(step) {
                var draw = Draw(seed: seed << 16 | UInt64(step))
                try walk.step(&draw)
            }
            try walk.finish()
            return nil
        } catch {
            return ("\(error)", walk.moves)
        }
    }
}
