"""All rows, in the order in which they are measured."""

import driver_rows
import fetch_rows
import place_rows
import road_rows
import stage_rows
import wire_rows
from row import Row
from setting import Setting


def all_rows(setting: Setting) -> list[Row]:
    return [
        *road_rows.rows(setting, "tmpfs"), *fetch_rows.rows(setting), *place_rows.rows(setting), stage_rows.decrypt(setting),
        *wire_rows.rows(setting), driver_rows.passing(setting), *road_rows.rows(setting, "ext4"), driver_rows.growth(setting),
        stage_rows.start(setting)]
