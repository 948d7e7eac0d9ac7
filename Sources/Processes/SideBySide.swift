import Dispatch
import Synchronization

/// How many replicas of a stage, or files read at once, a user may ask for.
package let parallelRange = 1...256

/// How many records one of them may have in hand.
package let windowRange = 1...1024

/// The results of `body` for each element, in order; at most `jobs` run at once.
package func sideBySide<Element: Sendable, Result: Sendable>(
    _ elements: [Element], jobs: Int, _ body: @Sendable (Element) -> Result
) -> [Result] {
    let found = Mutex<[Int: Result]>([:])
    let next = Atomic(0)
    DispatchQueue.concurrentPerform(iterations: min(jobs, elements.count)) { _ in
        while case let index = next.wrappingAdd(1, ordering: .relaxed).oldValue, index < elements.count {
            let result = body(elements[index])
            found.withLock { $0[index] = result }
        }
    }
    return found.withLock { found in elements.indices.compactMap { found[$0] } }
}
