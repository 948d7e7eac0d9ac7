/// The plan as it is carried out: which fault applies to which request.
actor Faults {
    enum Place { case media, file, fileInPart }

    private let plan: FaultPlan
    /// How often each fault of the plan was used, by fault and track.
    private var met: [[Int]: Int] = [:]

    init(_ plan: FaultPlan) { self.plan = plan }

    /// The first fault of the plan that is left for this track and place; each call uses it once.
    func next(for song: Int, at place: Place) -> Fault? {
        for (index, fault) in plan.faults.enumerated() {
            let isMeant = fault.song ?? song == song && Self.fits(fault.kind, place)
            guard isMeant, met[[index, song], default: 0] < fault.tries else { continue }
            met[[index, song], default: 0] += 1
            return fault
        }
        return nil
    }

    private static func fits(_ kind: Fault.Kind, _ place: Place) -> Bool {
        switch kind {
        case .quota: place == .media
        case .ignoreRange: place == .fileInPart
        default: place != .media
        }
    }
}
