-- How much there is.
-- Returns: users online, rooms, users that there have been at most, invisible (+i), operators (+o)
return { counted() }
