// Octets as SQLite takes and gives them.
// Must not be a nil: no octets are no unknown octets.

import Foundation
import GRDB

extension [UInt8] {
    /// No octets are bound as an empty text: an empty blob has no address, and SQLite takes that for NULL.
    var bound: DatabaseValue { isEmpty ? "".databaseValue : Data(self).databaseValue }
}

extension Row {
    func octets(_ index: Int) -> [UInt8] {
        let data: Data = self[index]
        return Array(data)
    }
}
