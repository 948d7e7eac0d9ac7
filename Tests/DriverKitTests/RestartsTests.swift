import Testing

@testable import DriverKit

@Suite struct RestartsTests {
    @Test func `each death makes the next start wait twice as long, and the fifth in vain breaks the stage`() {
        var restarts = Restarts()
        var waits: [Int64] = []
        let broken = (0..<9).map { _ in
            defer { waits.append(restarts.at - 1000) }
            return restarts.died(wasOfUse: false, now: 1000)
        }
        #expect(waits == [200, 400, 800, 1600, 3200, 6400, 12800, 25600, 30000].map { $0 * 1_000_000 })
        #expect(broken == [false, false, false, false, true, true, true, true, true])
    }

    @Test func `replicas that had answered are no sign of a broken stage, however many die`() {
        var restarts = Restarts()
        let broken = (0..<9).contains { _ in restarts.died(wasOfUse: true, now: 0) }
        #expect(!broken && restarts.at == Restarts.firstDelay && restarts.inVain == 0)
    }

    @Test func `one that had answered makes no start wait less than those in vain did`() {
        var restarts = Restarts()
        for _ in 0..<3 { _ = restarts.died(wasOfUse: false, now: 0) }
        _ = restarts.died(wasOfUse: true, now: 0)
        #expect(restarts.at == 4 * Restarts.firstDelay && restarts.inVain == 3)
    }

    @Test func `an answer forgets what failed before`() {
        var restarts = Restarts()
        for _ in 0..<4 { _ = restarts.died(wasOfUse: false, now: 0) }
        restarts.succeeded()
        #expect(restarts.at == 0)
        let isBroken = restarts.died(wasOfUse: false, now: 0)
        #expect(!isBroken && restarts.at == Restarts.firstDelay)
    }

    @Test(arguments: [true, false])
    func `a machine that is short of processes breaks only a stage that has none`(hasReplicas: Bool) {
        var restarts = Restarts()
        let broken = (0..<5).map { _ in restarts.wasShort(hasReplicas: hasReplicas, now: 0) }
        #expect(broken == [false, false, false, false, !hasReplicas])
    }
}
