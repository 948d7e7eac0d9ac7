import Ledger
import Testing

@testable import DriverKit

@Suite struct TurnTests {
    private func turn(
        capacities: [Int], ready: [Int], ahead: [Int?] = [nil, nil, nil], isPaused: Bool = false
    ) -> Turn {
        let batch = Batch(
            answers: [], capacities: capacities.map { Capacity(records: $0, idle: $0) }, lanes: [-1, -1, -1], token: 7,
            requests: [],
            ahead: ahead)
        return Turn(batch, standing: ready.map { Standing(ready: $0) }, isPaused: isPaused)
    }

    @Test(
        arguments: [
            // capacity of the next stage, what is ready there, whether a record goes on to it at once
            (1, 0, true), (0, 0, false), (1, 1, false), (4, 3, true), (4, 4, false)
        ])
    func `a record goes on at once where there is capacity and nothing waits for it`(
        capacity: Int, ready: Int, goesOn: Bool
    ) {
        var turn = turn(capacities: [9, capacity, 9], ready: [0, ready, 0])
        let token = turn.handOver(to: 1)
        #expect(token == (goesOn ? 7 : nil))
    }

    @Test func `each that goes on takes capacity`() {
        var turn = turn(capacities: [0, 2, 0], ready: [0, 0, 0])
        let tokens = (0..<3).map { _ in turn.handOver(to: 1) }
        #expect(tokens == [7, 7, nil])
        #expect(turn.standing[1].running == 2)
    }

    @Test(arguments: [(7, 5), (8, 0), (9, 0)])
    func `a stage does not run too far ahead of the next`(ready: Int, allowed: Int) {
        let turn = turn(capacities: [5, 5, 5], ready: [0, ready, 0], ahead: [8, nil, nil])
        #expect(turn.allowance(of: 0).records == allowed && turn.allowance(of: 2).records == 5)
    }

    @Test func `nothing is claimed while all is paused`() {
        var turn = turn(capacities: [5, 5, 5], ready: [3, 3, 3], isPaused: true)
        let token = turn.handOver(to: 1)
        #expect((0..<3).allSatisfy { turn.allowance(of: $0).records == 0 } && token == nil)
    }

    @Test func `what leaves a stage stands at the next`() {
        var turn = turn(capacities: [1, 1, 1], ready: [1, 0, 0])
        turn.claimed(1, at: 0)
        #expect(turn.standing[0] == Standing(ready: 0, running: 1) && !turn.hasReady(at: 0))
        turn.left(0, .moved(1))
        #expect(turn.standing[0] == Standing() && turn.standing[1] == Standing(ready: 1) && turn.hasReady(at: 1))
    }
}
