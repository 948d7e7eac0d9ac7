/// Which ids belong to which owner; an id with two owners leads to neither.
package struct Owners<Owner: Equatable & Sendable>: Sendable {
    private var owners: [String: Owner?] = [:]

    package init() {}

    package mutating func add(_ ids: [String], of owner: Owner) {
        for id in ids {
            if let known = owners[id] {
                if known != owner { owners[id] = .some(nil) }
            } else {
                owners[id] = owner
            }
        }
    }

    package func owner(of id: String) -> Owner? { owners[id] ?? nil }

    /// The ids that lead to one owner, each with its owner, in no order.
    package var all: [(id: String, owner: Owner)] {
        owners.compactMap { id, owner in owner.map { (id: id, owner: $0) } }
    }
}
