import GRDB

/// Which items a command covers.
package enum Selection: Equatable, Sendable {
    /// An item by its id; a collection with its members, except those that another unfinished collection holds too.
    case item(String)
    case state(State)
    case all

    /// As a condition on the table `item`, with its arguments.
    var condition: (sql: String, arguments: [any DatabaseValueConvertible]) {
        switch self {
        case .all: ("1", [])
        case .state(let state): ("state = ?", [state.rawValue])
        case .item(let id):
            (
                """
                (id = ? OR number IN (
                    SELECT mine.item FROM membership AS mine
                    WHERE mine.collection = (SELECT number FROM item WHERE id = ?) AND NOT EXISTS (
                        SELECT 1 FROM membership AS other JOIN item AS collection ON collection.number = other.collection
                        WHERE other.item = mine.item AND other.collection <> mine.collection
                            AND collection.finished IS NULL)))
                """, [id, id]
            )
        }
    }
}
