// The texts of notices that the settings name.
// Must not give up at the first fault.

import Filtering
import Foundation

extension Settings {
    /// Octets of such a file: the standard one has 3,000.
    private static let noticesLimit = 1 << 16

    /// The standard texts where the settings name none, or none that are good.
    func loadNotices(_ findings: FindingList) -> NoticeTexts {
        guard let notices else { return .standard }
        let octets: [UInt8]
        do {
            octets = try FileManager.default.regularFile(at: notices, upTo: Self.noticesLimit)
        } catch {
            findings.error(places["notices"], "the notices' texts can't be read: \(error)", error.fix)
            return .standard
        }
        guard let text = String(validating: octets, as: UTF8.self) else {
            let place = SettingsLoader.placeOfDamage(octets, notices)
            findings.error(place, "this is not UTF-8", "save the file as UTF-8")
            return .standard
        }
        do throws(NoticeTexts.Faults) {
            return try NoticeTexts(parsing: text)
        } catch {
            for fault in error.faults {
                let place = Place(file: notices, line: fault.line, column: fault.column)
                findings.error(place, fault.message, fault.fix)
            }
            return .standard
        }
    }
}
