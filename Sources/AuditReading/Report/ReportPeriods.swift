// The hours of a report as bars of a chart: few enough to be seen, hours of a day or days.
// Must not draw.

import Audit
package import Foundation

/// A bar.
package struct ReportPeriod: Sendable, Equatable {
    /// Such as `2026-11-23` or `2026-11-23 08:00`.
    package let name: String
    package var sessions: Int
    package var messages: Int
    package var failures: Int
}

extension ReportTotals {
    /// Hours of up to two days, otherwise days; those between in which nothing happened are there, too.
    package func periods(in zone: TimeZone) -> (noun: String, periods: [ReportPeriod]) {
        guard let first = hours.keys.min(), let end = hours.keys.max() else { return ("hour", []) }
        let isHourly = end - first < limits.hoursOfChart
        // A clock that was wrong once may be years away from all other hours.
        let start = max(first, end - 24 * limits.bars)
        var names: [String] = []
        var periods: [String: ReportPeriod] = [:]
        for hour in start...end {
            let name = Self.name(ofHour: hour, zone, isHourly: isHourly)
            let counts = hours[hour] ?? Hour()
            if periods[name] == nil { names.append(name) }
            var period = periods[name] ?? ReportPeriod(name: name, sessions: 0, messages: 0, failures: 0)
            period.sessions += counts.sessions
            period.messages += counts.messages
            period.failures += counts.failures
            periods[name] = period
        }
        return (isHourly ? "hour" : "day", names.suffix(limits.bars).compactMap { periods[$0] })
    }

    /// As clocks of the zone have it.
    private static func name(ofHour hour: Int, _ zone: TimeZone, isHourly: Bool) -> String {
        let seconds = hour * 3_600
        let offset = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(seconds)))
        let text = AuditTime(seconds: Int64(seconds + offset), microseconds: 0).text
        return isHourly ? text.prefix(10) + " " + text.dropFirst(11).prefix(5) : String(text.prefix(10))
    }
}
