import GRDB

/// Of a damaged file a value of any type may come: here that is an error, where GRDB's own subscripts end the program.
///
/// A member hides one that is imported only within its own module: the ledger and the catalogue each have theirs, and the
/// compiler asks for a `try` wherever a value is read.
extension Row {
    subscript<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ column: String) -> Value {
        get throws { try decode(forColumn: column) }
    }

    subscript<Value: DatabaseValueConvertible & StatementColumnConvertible>(_ index: Int) -> Value {
        get throws { try decode(atIndex: index) }
    }
}

extension DatabaseError {
    /// A page of rows that does not lead on, as in a damaged file whose keys are out of order: a loop over pages would not end.
    static var disorder: DatabaseError {
        DatabaseError(resultCode: .SQLITE_CORRUPT, message: "its keys are out of order")
    }
}
