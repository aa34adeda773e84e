-- How many users are online, how many rooms there are, how many users there have been at most, how
-- many are invisible (+i) and how many operators (+o).
return { counted() }
