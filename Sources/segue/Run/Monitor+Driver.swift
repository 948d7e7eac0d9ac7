import Display
import DriverKit

extension Monitor {
    /// Shows what a driver did, and the state of its work.
    func look(at driver: Driver) {
        for event in driver.drainEvents() { show(event) }
        if !driver.isEnding { turn(driver.glance) }
    }
}
