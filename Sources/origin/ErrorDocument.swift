import Wire

/// The error that a catalog reports in an answer with status 200.
enum ErrorDocument: Int {
    case quota = 4
    case parameter = 500
    case noData = 800

    var document: JSON {
        let (type, message) =
            switch self {
            case .quota: ("Exception", "Quota limit exceeded")
            case .parameter: ("ParameterException", "Wrong parameter")
            case .noData: ("DataException", "no data")
            }
        return .object([
            "error": .object(["type": .string(type), "message": .string(message), "code": .integer(rawValue)])
        ])
    }
}
